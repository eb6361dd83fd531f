import os
import shutil
import time
from pathlib import Path

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from files_cookies import FilesCookies, derive_user_id, next_start, path_of

APP_ORIGIN, FILES_ORIGIN = os.environ["APP_ORIGIN"], os.environ["FILES_ORIGIN"]
# Empty on this machine, where both hosts are localhost. On AWS, it is the name of the app host.
COOKIE_DOMAIN = os.environ.get("COOKIE_DOMAIN", "")
KEY = Path(os.environ["SIGNING_KEY_FILE"]).read_bytes()
signer = FilesCookies(FILES_ORIGIN, COOKIE_DOMAIN, os.environ["KEY_PAIR_ID"], KEY)


def user_id_of(request):
    return derive_user_id(APP_ORIGIN, str(request.user.pk))


def add(lines, response):
    for line in lines:
        response.cookies.load(line)
    return response


def open_folder(request, response, now):
    """Adds the cookies that open the user's folder. All of one session have the same start."""
    # Keep a user's last start in your database, and pass it to next_start, for more devices.
    start = request.session.setdefault("files_start", next_start(None, now))
    return add(signer.set_cookies(user_id_of(request), start, now + 900), response)


@login_required(login_url="sign-in")
def files(request):
    # With the cookies, the page shows its images at once.
    user_id = user_id_of(request)
    folder = Path("bucket") / path_of(user_id).strip("/")
    # The first files of a new person. On AWS, your app lists and writes the folder in S3.
    if not folder.exists():
        shutil.copytree("samples", folder)
    pictures = [file.name for file in folder.glob("*.jpg")]
    response = render(request, "page.html", {"folder": FILES_ORIGIN + path_of(user_id), "pictures": pictures})
    return open_folder(request, response, int(time.time()))


# The client sends no token of Django. A form of another site has another Origin.
@csrf_exempt
@require_POST
def files_cookies(request):
    if request.headers.get("Origin") != APP_ORIGIN:
        return HttpResponse(status=403)
    if not request.user.is_authenticated:
        return HttpResponse(status=401)
    now = int(time.time())
    session = signer.session(user_id_of(request), now, now + 900)
    return open_folder(request, HttpResponse(session, content_type="application/json"), now)


@require_POST
def sign_out(request):
    response = redirect("sign-in")
    if request.user.is_authenticated:
        add(signer.clear_cookies(user_id_of(request)), response)
    logout(request)
    return response
