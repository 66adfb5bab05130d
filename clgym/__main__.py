from clgym.cli import main

raise SystemExit(main())
