/* The commands of the program, in one tree of tables from which dispatch, help, man pages and shell completion are
 * made.
 *
 * Data goes to standard output, messages to standard error as one line "penstock: error: ...".
 *
 * To add a command: a row here or in its group's table (worker/leases/leases_commands.c) with its options; nothing
 * else parses or documents. */
#ifndef PENSTOCK_WORKER_COMMANDS_H
#define PENSTOCK_WORKER_COMMANDS_H

#include <stddef.h>

#include "worker/options.h"

struct command;
struct leases_request;

/* Words behind the command's name, environ, and what the words mean. */
struct command_line {
    int argument_count;
    char *const *arguments;
    char *const *environment;
    const void *request; /* filled by the command's option rules; NULL when it has no request_bytes */
};

struct command_example {
    const char *line; /* "penstock leases list --app orders" */
    const char *meaning;
};

/* Constant. */
struct command {
    const char *name; /* "list": below "leases" it is the command "leases list" */
    const char *synopsis; /* what follows the name: "[SHARD...] [options]"; may be empty */
    const char *summary; /* one sentence */
    const char *description; /* paragraphs, an empty line apart; NULL: the summary says it all */
    const char *rights; /* what it asks of AWS, for the man page; NULL: nothing */
    struct option_rules options;
    const struct command_example *examples; /* ends with a NULL line; NULL: none */
    const struct command *commands; /* of a group: ends with a NULL name */
    /* One of these; none for a group. They return the exit code. */
    int (*run)(const struct command_line *line); /* parsed by `options` when request_bytes is not 0 */
    int (*run_leases)(const struct leases_request *request);
    size_t request_bytes; /* of the struct that `options` fill */
};

/* Ends with a NULL name. */
const struct command *commands(void);

enum { COMMAND_DEPTH = 2, COMMAND_PATH_BYTES = 64 };

/* "run", "leases list": a command and the groups above it. */
struct command_path {
    const struct command *at[COMMAND_DEPTH];
    size_t depth;
};

/* The command of these names ("leases", "list"); *ret_known is how many of them exist. NULL when not all do. */
const struct command *commands_find(const char *const *names, size_t count, struct command_path *ret_path,
                                    size_t *ret_known);

/* "leases list", with `glue` between the names. */
void commands_format_path(const struct command_path *path, char glue, char ret_text[COMMAND_PATH_BYTES]);

/* Calls `visit` for every command of the tree, groups before their own. */
void commands_each(void (*visit)(void *context, const struct command_path *path), void *context);

/* "penstock: error: MESSAGE" on standard error; returns EXIT_CODE_USAGE. */
int commands_usage_error(const char *format, ...) PRINTF_LIKE(1, 2);

/* Data that did not reach its reader is a failure: flushes standard output and returns the exit code, saying why. */
int commands_finish_output(void);

/* The whole program: finds the command and runs it. Main thread. */
int commands_main(int argument_count, char *const *arguments, char *const *environment);

#endif
