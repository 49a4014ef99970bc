"""`python -m chariot`: the same as the command `chariot`."""

import sys

from chariot.entrypoints.cli.start import main

if __name__ == "__main__":
    sys.exit(main())
