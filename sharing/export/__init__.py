"""Everything about one citizen as files that people and programs can read, and what stays when that is erased."""
