"""How modalities are brought into one space; the module name is the YAML `type:`."""
