/* `penstock help`: which help in which form. */
#ifndef PENSTOCK_WORKER_HELP_COMMAND_H
#define PENSTOCK_WORKER_HELP_COMMAND_H

#include "worker/commands.h"

#define HELP_COMMAND_DESCRIPTION                                                                             \
    "Without a command: the list of commands and exit codes. 'help settings' prints the settings of run "    \
    "alone, 'help metrics' what /metrics gives. "                                                            \
    "With -o man the manual page, with -o markdown the tables of README, with -o topics the names of all "   \
    "commands, "                                                                                             \
    "one a line."

struct help_request {
    struct option_words topic;
    int64_t form; /* enum help_form */
};

extern const struct option_table *const help_command_options[];
extern const struct option_words_rule help_command_words;

int help_command_run(const struct command_line *line);

#endif
