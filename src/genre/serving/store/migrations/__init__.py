"""The steps from one version of the tables to the next, one module each; never changed once released."""
