"""The REST channel: the same inbox as the widget, for programs."""
