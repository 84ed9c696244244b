"""Standing in the chat's line to the server, for tests, to lose what is said or say anything."""

from __future__ import annotations

from playwright.sync_api import Page, WebSocketRoute

from tests.chat_page import Chat


class Lines:
    """The page's lines to the server, in between which a test stands.

    only_first: lines after the first one are good.
    """

    def __init__(self, page: Page, *, only_first: bool = True) -> None:
        self._only_first = only_first
        self.swallows: set[str] = set()
        self.deafens: set[str] = set()
        self.opened: list[WebSocketRoute] = []
        page.route_web_socket("**/socket.io/**", self._relay)

    def _relay(self, line: WebSocketRoute) -> None:
        self.opened.append(line)
        server = line.connect_to_server()
        number = len(self.opened)
        line.on_message(lambda data: self._pass(data, self.swallows, number, server.send))
        server.on_message(lambda data: self._pass(data, self.deafens, number, line.send))

    def _pass(self, data: str | bytes, lost: set[str], number: int, send: object) -> None:
        is_good = self._only_first and number > 1
        if is_good or not any(event in str(data) for event in lost):
            send(data)  # type: ignore[operator]


class Server:
    """The server's end of the page's line, where a test can say anything."""

    def __init__(self, chat: Chat) -> None:
        self.replaced: dict[str, str] = {}
        self.line: WebSocketRoute
        chat.page.route_web_socket("**/socket.io/**", self._relay)

    def _relay(self, line: WebSocketRoute) -> None:
        self.line = line
        line.connect_to_server().on_message(lambda data: line.send(self._changed(str(data))))

    def _changed(self, data: str) -> str:
        for old, new in self.replaced.items():
            data = data.replace(old, new)
        return data

    def say(self, content: str) -> None:
        """Say this, unasked."""
        self.line.send(f'42["bot_uttered",{content}]')
