/* The floor's calls: libcurl with nothing in between. What fails ends the program. */
#ifndef PENSTOCK_TESTS_BENCH_FLOOR_CALL_H
#define PENSTOCK_TESTS_BENCH_FLOOR_CALL_H

#include <stdbool.h>
#include <stddef.h>

struct reply {
    char *at; /* NUL-terminated */
    size_t length;
    size_t capacity;
};

/* One connection and the reply of its last call; one thread. */
struct caller {
    void *easy;
    struct reply reply;
};

struct call_sums {
    long requests;
    long long bytes_in, bytes_out;
};

/* Of all callers; the texts are borrowed. `authority` NULL: the system's. */
void call_set_up(const char *url, const char *authority);

void caller_open(struct caller *caller);
void caller_close(struct caller *caller);

/* POSTs the body; `target` is the operation with its version. */
void call(struct caller *caller, const char *target, const char *body, size_t length);

/* Copies the text value of `"name":"..."` in the last reply. False when there is none. */
bool call_find_text(const struct caller *caller, const char *name, char *target, size_t size);

struct call_sums call_read_sums(void);

_Noreturn void fail(const char *what);

#endif
