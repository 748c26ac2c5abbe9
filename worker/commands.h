/* The commands of the program, in one table from which dispatch and help are made.
 *
 * Data goes to standard output, messages to standard error as one line "penstock: error: ...". */
#ifndef PENSTOCK_WORKER_COMMANDS_H
#define PENSTOCK_WORKER_COMMANDS_H

/* Words behind the command's name, and environ. */
struct command_line {
    int argument_count;
    char *const *arguments;
    char *const *environment;
};

struct command {
    const char *name;
    const char *synopsis;
    const char *summary;
    int (*run)(const struct command_line *line); /* returns the exit code */
};

/* Ends with a NULL name. */
const struct command *commands(void);

/* The whole program: finds the command and runs it. Main thread. */
int commands_main(int argument_count, char *const *arguments, char *const *environment);

#endif
