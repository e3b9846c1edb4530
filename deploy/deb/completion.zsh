#compdef rstat
# SPDX-License-Identifier: Apache-2.0
# As bash completes it.
autoload -Uz bashcompinit && bashcompinit
source /usr/share/bash-completion/completions/rstat
_bash_complete -o default -F _complete_rstat
