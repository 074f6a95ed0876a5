"""The pages and the API: sign-in, inbox, cases, and the signing of acts."""
