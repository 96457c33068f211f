"""The socket that requests come in by, and who may reach it."""

from __future__ import annotations

import errno
import ipaddress
import socket
import ssl

from genre.core.errors import Fault, RecipeError
from genre.serving.server.settings import ServerSettings, TlsSettings

TLS = "Give --tls-cert and --tls-key"


def check_exposure(settings: ServerSettings) -> None:
    """Refuse to let keys travel over a network as plain text, unless that is said to be all right.

    Raises:
        RecipeError: the address is not of this machine alone, and there is no TLS.
    """
    if settings.tls or settings.behind_proxy or settings.insecure or _is_loopback(settings.host):
        return
    what = f"'{settings.host}' may be reached from other machines, and there is no TLS: keys would be read on the way."
    mend = f"{TLS}; --behind-proxy where a proxy does TLS; or --insecure in a network of your own."
    raise RecipeError(Fault("host", what, mend))


def check_tls(tls: TlsSettings) -> None:
    """Refuse a certificate that could not be used.

    Raises:
        RecipeError: a file is missing, unreadable or of another kind; the key is of another certificate.
    """
    for name, path in (("certificate", tls.certificate), ("key", tls.key)):
        if path is not None:
            try:
                path.open("rb").close()
            except OSError as error:
                mend = "Name a PEM file that this user may read."
                raise RecipeError(Fault(f"tls.{name}", f"{path} cannot be read: {error.strerror}.", mend)) from None
    password = tls.password.reveal() if tls.password else ""
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(tls.certificate, tls.key, lambda: password)
    except (ssl.SSLError, ValueError) as error:
        reason = getattr(error, "reason", None) or str(error)
        what = f"{tls.certificate} cannot be used: {reason.lower().replace('_', ' ')}."
        raise RecipeError(Fault("tls", what, "Give the PEM files of a certificate and its own private key.")) from None


def bound_socket(host: str, port: int) -> socket.socket:
    """A socket that has the address; nobody is let in before workers listen at it.

    Raises:
        RecipeError: the address is in use, not of this machine, or not allowed.
    """
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except (socket.gaierror, UnicodeError):
        raise RecipeError(Fault("host", f"'{host}' is no address.", "Give 127.0.0.1 or 0.0.0.0, say.")) from None
    found = socket.socket(family, kind, protocol)
    found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        found.bind(address)
    except OSError as error:
        found.close()
        raise RecipeError(_refused(host, port, error)) from None
    found.set_inheritable(True)
    return found


def url_of(settings: ServerSettings, listening: socket.socket) -> str:
    """Where a browser on this machine finds it."""
    name, port = listening.getsockname()[:2]
    shown = "localhost" if ipaddress.ip_address(name).is_unspecified else name
    return f"http{'s' if settings.tls else ''}://{f'[{shown}]' if ':' in shown else shown}:{port}"


def _refused(host: str, port: int, error: OSError) -> Fault:
    if error.errno == errno.EADDRINUSE:
        return Fault("port", f"{port} is in use by another program.", f"Stop it, or choose another: --port {port + 1}")
    if error.errno == errno.EACCES:
        return Fault("port", f"{port} is not allowed for this user.", "Choose one from 1024 on.")
    if error.errno == errno.EADDRNOTAVAIL:
        return Fault("host", f"'{host}' is not an address of this machine.", "Give 127.0.0.1 or 0.0.0.0, say.")
    return Fault("host", f"{host}:{port} cannot be listened at: {error.strerror}.", "Choose another.")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
