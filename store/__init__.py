"""Tables, migrations, queries and the record. Knows no Temporal and no Flask."""
