# Posts to the view of docs/signers/README.md in this folder: signed in, signed out, and to the one for Django from another
# site. Prints status, Set-Cookie and body.
import json
import os
import sys
import types

sys.path.insert(0, ".")


def django():
    from django.conf import settings

    settings.configure(SECRET_KEY="test", DEBUG=False)
    import django
    from django.middleware.csrf import CsrfViewMiddleware
    from django.test import RequestFactory

    import view

    django.setup()
    check = CsrfViewMiddleware(view.files_cookies)
    own = os.environ["APP_ORIGIN"]
    for is_authenticated, origin in ((True, own), (False, own), (True, "https://evil.example")):
        request = RequestFactory().post("/files-cookies", headers={"origin": origin})
        request.user = types.SimpleNamespace(is_authenticated=is_authenticated, pk="alice")
        request.session = {}
        response = check.process_view(request, view.files_cookies, (), {}) or view.files_cookies(request)
        lines = [morsel.OutputString() for morsel in response.cookies.values()]
        yield response.status_code, lines, response.content.decode()


def fastapi():
    from fastapi import FastAPI, HTTPException, Request
    from fastapi.testclient import TestClient

    def user_of(request: Request):
        if "x-user" not in request.headers:
            raise HTTPException(401)
        return request.headers["x-user"]

    sys.modules["app"] = types.SimpleNamespace(user_of=user_of)
    import view

    app = FastAPI()
    app.include_router(view.router)

    @app.middleware("http")
    async def with_session(request, call_next):
        request.scope["session"] = {}
        return await call_next(request)

    client = TestClient(app)
    for headers in ({"x-user": "alice"}, {}):
        response = client.post("/files-cookies", headers=headers)
        yield response.status_code, response.headers.get_list("set-cookie"), response.text


print(json.dumps([*{"Django": django, "FastAPI": fastapi}[sys.argv[1]]()]))
