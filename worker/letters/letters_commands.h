/* `penstock dead-letter list|show|redrive`: what is among the dead letters, and the way back for those that can go. */
#ifndef PENSTOCK_WORKER_LETTERS_LETTERS_COMMANDS_H
#define PENSTOCK_WORKER_LETTERS_LETTERS_COMMANDS_H

#include "worker/commands.h"

#define LETTERS_DESCRIPTION                                                                                  \
    "Reads the dead letters in a bucket or a folder. Those in a delivery stream (firehose:NAME) are where "  \
    "that "                                                                                                  \
    "stream delivers, and cannot be listed here."

extern const struct command letters_commands[];

enum letters_output { LETTERS_TABLE, LETTERS_JSONL };

/* What all three take; filled by their option tables. */
struct letters_request {
    char *place; /* --dead-letter */
    char *region;
    char *profile;
    int64_t output; /* enum letters_output */
    struct option_words letters;
    /* redrive */
    bool all;
    char *firehose;
    char *large_records;
    bool remove;
    bool execute;
};

/* Each returns the exit code. */
int letters_list_run(const struct command_line *line);
int letters_show_run(const struct command_line *line);
int letters_redrive_run(const struct command_line *line);

#endif
