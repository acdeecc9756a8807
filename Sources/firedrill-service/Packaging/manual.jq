# The manual pages of a program and its commands, out of what ArgumentParser dumps of its help:
# a line "@@page NAME" before each. The source is man(7), every text of ours escaped.

def text: gsub("\\\\"; "\\e") | gsub("-"; "\\-") | gsub("(?m)^(?<c>[.'])"; "\\&" + .c);
def flat: gsub("[ \n]+"; " ");
def name: if .kind == "short" then "-" + .name
    elif .kind == "longWithSingleDash" then "-" + .name else "--" + .name end;
def value: if .kind == "option" then " \\fI" + (.valueName | text) + "\\fR" else "" end;

def heading:
    if .kind == "positional"
    then "\\fI" + (.valueName | text) + "\\fR" + (if .isRepeating then " ..." else "" end)
    else ([.names[] | "\\fB" + (name | text) + "\\fR"] | join(", ")) + value end;

def synopsis:
    (if .kind == "positional" then "\\fI" + (.valueName | text) + "\\fR"
     else "\\fB" + (.preferredName | name | text) + "\\fR" + value end)
    | . as $shown | $shown;

def usage:
    [(.arguments // [])[] | select(.shouldDisplay)
        | (if .isRepeating then " ..." else "" end) as $more
        | if .isOptional then "[" + synopsis + "]" + $more else synopsis + $more end]
    | join("\n");

def arguments($kinds; $title):
    [(.arguments // [])[] | select(.shouldDisplay and (.kind as $k | $kinds | index($k)))]
    | if length == 0 then empty else
        ".SH " + $title,
        (.[] | ".TP", heading,
            ((.abstract // "") + (if .discussion then "\n" + .discussion else "" end)
                | flat | text),
            (if .defaultValue then "Default: " + (.defaultValue | text) + "." else empty end))
      end;

def page($path; $seealso):
    ($path | join("-")) as $title
    | "@@page \($title)",
      ".TH \($title | ascii_upcase | text) 1 \"\($date)\" \"firedrill \($version | text)\" \"User Commands\"",
      ".SH NAME",
      "\($title | text) \\- \((.abstract // .commandName) | flat | rtrimstr(".") | text)",
      ".SH SYNOPSIS",
      "\\fB\($path | join(" ") | text)\\fR",
      usage,
      (if .subcommands then "\\fIcommand\\fR ..." else empty end),
      (if .discussion then ".SH DESCRIPTION", (.discussion | split("\n\n") | map(flat | text)
          | join("\n.PP\n")) else empty end),
      arguments(["positional"]; "ARGUMENTS"),
      arguments(["option", "flag"]; "OPTIONS"),
      (if .subcommands then ".SH COMMANDS",
          (.subcommands[] | select(.commandName != "help") | ".TP",
              "\\fB\($path + [.commandName] | join("-") | text)\\fR(1)",
              ((.abstract // "") | flat | text)) else empty end),
      (if $seealso then ".SH SEE ALSO", "\\fB\($seealso | text)\\fR(1)" else empty end);

def pages($path; $seealso):
    . as $command | ($path + [.commandName]) as $own
    | page($own; $seealso),
      (($command.subcommands // [])[] | select(.commandName != "help")
          | pages($own; $own | join("-")));

.command | pages([]; null)
