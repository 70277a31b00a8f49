"""Vireo: an assistant for the terminal that sees, hears and answers.

The floors, highest first; a module imports only from floors below its own, and `|` means "do not know each other".

    8  __main__, commands, wiring                     composition root; the only late imports
    7  bridges                                        others' doors to us
    6  mind | server | remote                         the verbs: here / behind a pipe / through a pipe
    5  agent                                          the turn loop
    4  toolbox | scene | conversation                 tools from folders; what a turn can point at; messages and window
    3  training | bench                               making and measuring models; speed and truth beside others
    2  sound | media | readers | models               the senses and the models
       store | permissions | recent | prompts | config | wire
    1  types | safe_text | sources                    values and Protocols; cleaning of text; names of sources
    0  errors                                         stdlib only
"""

__version__ = "0.1.0"
