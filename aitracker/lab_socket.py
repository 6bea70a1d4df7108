"""A prompt socket between JupyterLab's page and a kernel."""

from __future__ import annotations

from typing import Any

from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

__all__ = ["PromptSocket"]


class PromptSocket(ZMQChannelsWebsocketConnection):
    """Jupyter's own connection, with small messages sent at once.

    Without it the operating system holds a widget's answer back for up to 40 ms in the hope of more to send, which is
    most of the time between a slider's move and the redrawn chart.
    """

    def connect(self) -> Any:
        """Connect as Jupyter does, then turn the delay off."""
        self.websocket_handler.set_nodelay(True)
        return super().connect()
