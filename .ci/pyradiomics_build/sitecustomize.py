"""Lets pyradiomics 3.0.1 build on Python 3.12 and later.

Its build script calls two names of configparser that Python 3.12 removed. Python imports this file at
start-up when its folder is on PYTHONPATH, which ``.ci/install`` arranges for that one build only.
"""

import configparser

if not hasattr(configparser, "SafeConfigParser"):
    configparser.SafeConfigParser = configparser.ConfigParser
    configparser.ConfigParser.readfp = configparser.ConfigParser.read_file
