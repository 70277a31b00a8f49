"""Start Vireo from a checkout: ``python main.py``."""

import sys

from assistant.__main__ import main

if __name__ == "__main__":
    sys.exit(main())
