"""Lists as files and back: cells, CSV, XLSX, JSON, and graphs for other programs."""
