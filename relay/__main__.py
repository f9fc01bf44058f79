"""``python -m relay`` is ``wismo``."""

from relay.cli import main

if __name__ == "__main__":
    main()
