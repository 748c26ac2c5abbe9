/* Environment variables through a table of functions, so that settings can be resolved from a made-up
 * environment. */
#ifndef PENSTOCK_AWS_ENVIRONMENT_H
#define PENSTOCK_AWS_ENVIRONMENT_H

#include <stdbool.h>

#include "base/status.h"

struct environment {
    /* NULL when unset. Borrowed: valid as long as nobody changes the environment. Any thread may call. */
    const char *(*get)(void *context, const char *name);
    void *context;
};

/* The process's own environment; the table is constant. Nobody may call setenv() beside it. */
const struct environment *environment_real(void);

/* The value of `name`, or NULL when it is unset or empty: the AWS tools treat both alike. */
const char *environment_text(const struct environment *environment, const char *name);

/* "true" in any case is true, as in botocore; anything else, or unset, is false. */
bool environment_flag(const struct environment *environment, const char *name);

/* A file name as the AWS tools read it: "~" and "~/..." become $HOME, "$NAME" and "${NAME}" the variable's
 * value when it is set. STATUS_TOO_LARGE when the result needs more than `size` bytes. */
struct status environment_expand_path(const struct environment *environment, const char *path, char *ret_path,
                                      size_t size) MUST_USE;

#endif
