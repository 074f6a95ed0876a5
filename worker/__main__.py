"""`python -m worker` is `countersign`: how our own processes are started."""

from worker.cli import main

if __name__ == "__main__":
    main()
