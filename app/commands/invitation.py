"""The demonstration of `serve --demo`: prepared, then shown to whoever started it."""

from threading import Event

import httpx
from uvicorn import Server

from app.intake.desk import Desk
from app.operations import demonstration
from app.settings import Settings


class Host:
    """Invites to the demonstration."""

    def __init__(self, settings: Settings, desk: Desk) -> None:
        """Prepare a consultation that is open now, with samples to send."""
        self._settings = settings
        self._prepared = demonstration.prepare(desk, settings.data_dir)

    def invite(self, server: Server, stop: Event) -> None:
        """Once the service answers, show where everything is and post a first comment."""
        while not server.started:
            if stop.wait(0.05) or server.should_exit:
                return
        host = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(self._settings.host, self._settings.host)  # noqa: S104
        url = f"http://{host}:{self._settings.port}"
        for line in demonstration.invitation(self._prepared, url):
            print(line)
        try:
            receipt_number = demonstration.post_first(self._prepared, url)
        except httpx.HTTPError:
            print(
                "見本の意見を送れませんでした。 `ikenbako doctor` を実行してください。", flush=True
            )
        else:
            print(f"見本の電子申請を1件受け付けました。受付番号 {receipt_number}", flush=True)
