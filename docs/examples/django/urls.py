from django.contrib.auth.forms import UserCreationForm
from django.contrib.auth.views import LoginView
from django.urls import path
from django.views.generic import CreateView
from views import files, files_cookies, sign_out


class NewUser(CreateView):
    form_class, template_name, success_url = UserCreationForm, "page.html", "/sign-in"


urlpatterns = [
    path("", files, name="files"),
    path("files-cookies", files_cookies),
    path("sign-in", LoginView.as_view(template_name="page.html"), name="sign-in"),
    path("sign-out", sign_out, name="sign-out"),
    path("new", NewUser.as_view(), name="new"),
]
