import os
import sys
from urllib.parse import urlsplit

from django.core.management import execute_from_command_line
from django.core.management.commands.runserver import Command

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
Command.default_port = str(urlsplit(os.environ["APP_ORIGIN"]).port)
execute_from_command_line(sys.argv)
