# SPDX-License-Identifier: ISC
# fish completion of sockcat, also where it is nc or ncat.  A link to this file
# completes for what it is called, too: nc.fish, netcat.fish or ncat.fish.

# What this file is called is what it completes for.
set -g __sockcat_name (string replace -r '^(?:.*/)?(.*)\.fish$' '$1' -- (status filename))
switch $__sockcat_name
    case nc nc.sockcat netcat
        set -g __sockcat_program nc
    case ncat ncat.sockcat
        set -g __sockcat_program ncat
    case '*'
        set -g __sockcat_program sockcat
end

# __sockcat_option PROGRAM EXCLUDED ...: an option, as `complete' has it, which
# is not offered where one of those is given.
function __sockcat_option
    test $argv[1] = $__sockcat_program
    and complete -c $__sockcat_name -n "not __sockcat_given $argv[1]$argv[2]" $argv[3..-1]
end

# __sockcat_needs PROGRAM TOKEN: whether the next word is the value of that.
function __sockcat_needs
    set -l letters __sockcat_letters_$argv[1]
    set -l words __sockcat_needing_$argv[1]
    string match -qr '^-[^-'$$letters']*['$$letters']$' -- $argv[2]
    and return 0
    string match -q -- '--*' $argv[2]
    and contains -- (string sub -s 3 -- $argv[2]) $$words
end

# __sockcat_given PROGRAM OPTION...: whether one of these is in front of the
# cursor.  The one whose value is there is not, or there would be none for it.
function __sockcat_given
    set -l letters __sockcat_letters_$argv[1]
    set -l tokens (commandline -opc)
    __sockcat_needs $argv[1] $tokens[-1]
    and set -e tokens[-1]
    for token in $tokens[2..-1]
        switch $token
            case --
                return 1
            case '--*'
                contains -- (string replace -r '=.*' '' -- $token) $argv[2..-1]
                and return 0
            case '-?*'
                for letter in (string split '' -- (string sub -s 2 -- $token))
                    contains -- -$letter $argv[2..-1]
                    and return 0
                    # What is behind it is its value.
                    string match -q "*$letter*" -- $$letters
                    and break
                end
        end
    end
    return 1
end

# Values with commas in between.
function __sockcat_list
    set -l before (string match -r '.*[,=]' -- (commandline -ct))
    set before (string replace -r '^--[^=]*=' '' -- $before)
    for value in $argv
        string match -q "*$value,*" -- ",$before"
        or echo "$before$value"
    end
end

# What is on the way to a target: hosts, also behind tls:.  Paths are there
# anyway.
function __sockcat_targets
    __fish_print_hostnames
    string match -q '*tls:*' -- (commandline -ct)
    and printf 'tls:%s\n' (__fish_print_hostnames)
end

function __sockcat_ports
    string replace -rf '^([a-z][a-z0-9-]*)\s+(\d+)/(tcp|udp).*' '$1\t$2/$3' </etc/services 2>/dev/null
end

# What --help=WORD can be about.
function __sockcat_words
    printf '%s\n' all $__sockcat_words_sockcat
end

# __sockcat_operand PROGRAM first|other: whether an operand comes next, and which.
function __sockcat_operand
    set -l count 0
    set -l skip 0
    set -l tokens (commandline -opc)
    __sockcat_given $argv[1] -U --unixsock
    and return 1
    for token in $tokens[2..-1]
        if test $skip = 1
            set skip 0
        else if __sockcat_needs $argv[1] $token
            set skip 1
        else if not string match -q -- '-*' $token
            set count (math $count + 1)
        end
    end
    test $argv[2] = first -a $count = 0
    or test $argv[2] = other -a $count != 0
end

# @OPTIONS@

complete -c $__sockcat_name -f
complete -c $__sockcat_name -n "__sockcat_given $__sockcat_program -U --unixsock" -F
complete -c $__sockcat_name -n "__sockcat_operand $__sockcat_program first" -a '(__fish_print_hostnames)'
complete -c $__sockcat_name -n "__sockcat_operand $__sockcat_program other" -a '(__sockcat_ports)'
complete -c $__sockcat_name -n "__sockcat_operand $__sockcat_program first; and __sockcat_given $__sockcat_program -l --listen" -a '(__sockcat_ports)'
