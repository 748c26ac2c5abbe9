/* `penstock completion`: shell completion scripts, made from the tables of commands, options and settings. */
#ifndef PENSTOCK_WORKER_COMPLETION_H
#define PENSTOCK_WORKER_COMPLETION_H

#include <stdio.h>

#include "worker/commands.h"

#define COMPLETION_DESCRIPTION                                                                               \
    "The script completes commands, options and those values that are choices, files or folders. Packages "  \
    "install "                                                                                               \
    "it; by hand, load it from the shell's start file."

struct completion_request {
    struct option_words shell;
};

extern const struct option_words_rule completion_words;
extern const struct command_example completion_examples[];

int completion_run(const struct command_line *line);

/* One a shell. */
void completion_print_bash(FILE *out);
void completion_print_zsh(FILE *out);
void completion_print_fish(FILE *out);

/* What completes the value of an option or setting. */
enum completion_value { COMPLETION_NONE, COMPLETION_CHOICES, COMPLETION_FILE, COMPLETION_FOLDER };
enum completion_value completion_value_of(const struct setting *setting);

/* Calls `visit` for every option of a command, the settings of run and --help among them. */
void completion_each_option(const struct command *command,
                            void (*visit)(void *context, const struct setting *row), void *context);

/* Bytes of `text` up to the end of its first sentence, without the full stop. */
size_t completion_sentence(const char *text);

/* The words after "COMMAND/WORD" cases of a shell's `case`: for each step of the tree (also behind "help") calls `step`
 * with the command so far (""), the next word and the command then. */
void completion_each_step(void (*step)(FILE *out, const char *from, const char *word, const char *to),
                          FILE *out);

#endif
