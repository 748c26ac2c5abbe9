/* A command line split into words as a POSIX shell would quote it, without a shell: no variables, no globs,
 * no operators. The rules are those of Python's shlex.split(), which the AWS CLI uses for credential_process
 * and for section names. */
#ifndef PENSTOCK_AWS_SHELL_WORDS_H
#define PENSTOCK_AWS_SHELL_WORDS_H

#include "base/bytes.h"

enum { SHELL_WORDS_COUNT = 128, SHELL_WORDS_BYTES = 8192 };

/* Zeroed memory is valid and empty. */
struct shell_words {
    char *text; /* owned: the words, one after another, each with its NUL */
    char *at[SHELL_WORDS_COUNT + 1]; /* into text; the one behind the last is NULL, as execve() wants */
    size_t count;
};

/* STATUS_INVALID for an open quote, a '\' at the end, a NUL, or more words or bytes than the limits. */
struct status shell_words_split(struct slice line, struct shell_words *ret_words) MUST_USE;
void shell_words_free(struct shell_words *words);

#endif
