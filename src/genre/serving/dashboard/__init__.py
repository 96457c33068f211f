"""The dashboard, for holders of an admin key: NiceGUI is imported only when it is mounted."""
