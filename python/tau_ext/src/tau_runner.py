"""What the host starts for a `.py` file: `python3 tau_runner.py <bundle> <name> <version>`. Beside the package, so that Python finds it."""

import sys

from tau_ext._runner import main

main(sys.argv)
