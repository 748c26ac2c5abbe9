/* Options and words of a command, from tables of rows (worker/setting.h), into a struct of the command's own.
 *
 * --name value, --name=value, -o value, -ovalue and -o=value; a switch is --name or --name=false. "--" ends the
 * options. The last of two wins, unless the row has glue (at most one row of a command has). An option that has the name of a setting of `penstock run` is also read from that
 * setting's variable (PENSTOCK_APP for --app), which is weaker; an empty variable counts as unset. */
#ifndef PENSTOCK_WORKER_OPTIONS_H
#define PENSTOCK_WORKER_OPTIONS_H

#include "worker/setting.h"

/* A group of options under one heading of the help. */
struct option_table {
    const char *title;
    const struct setting *rows; /* ends with a NULL name */
};

/* The words of a command that are no options ("SHARD..."). */
struct option_words_rule {
    const char *placeholder; /* "SHARD" */
    size_t least, most; /* how many; most 0: none are taken */
    const char *const
        *choices; /* ends with NULL; NULL: any text of 1 to OPTION_WORD_MOST bytes without controls */
    const char *help;
    size_t field; /* offset of a struct option_words */
};

enum { OPTION_WORD_MOST = 2048 };

/* The array is owned, the texts are borrowed from the arguments. Zeroed memory is valid: none. */
struct option_words {
    const char **at;
    size_t count;
};

/* What a command takes; constant. */
struct option_rules {
    const struct option_table *const *tables; /* ends with NULL; NULL: none */
    const struct option_words_rule *words; /* NULL: none */
};

/* Where values come from; borrowed. `environment` is environ's array ("NAME=value", ends with NULL). */
struct options_input {
    int argument_count; /* of the words behind the command's name */
    char *const *arguments;
    char *const *environment;
};

/* Fills `target`, which is zeroed memory, with defaults, variables and arguments. STATUS_INVALID names the option or
 * word and the remedy, with a suggestion for an unknown option; then nothing is owned. */
struct status options_parse(const struct option_rules *rules, const struct options_input *input, void *target)
    MUST_USE;

/* Frees texts and words in `target`. Safe on zeroed memory. */
void options_free(const struct option_rules *rules, void *target);

/* The row of --name; NULL: there is none. */
const struct setting *options_find(const struct option_rules *rules, struct slice name);

/* True when `setting` is also read from its variable. */
bool options_has_variable(const struct setting *setting);

#endif
