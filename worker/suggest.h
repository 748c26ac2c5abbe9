/* "Did you mean ...?" for misspelled names. Pure. */
#ifndef PENSTOCK_WORKER_SUGGEST_H
#define PENSTOCK_WORKER_SUGGEST_H

#include "base/bytes.h"

enum { SUGGEST_NAME_BYTES = 64 };

/* Insertions, deletions, substitutions and swaps of neighbours that turn one name into the other, letters of
 * either case alike. Names are looked at up to SUGGEST_NAME_BYTES. */
size_t suggest_distance(struct slice left, struct slice right);

/* The nearest of `count` names, when it is near enough to be meant: a third of its letters differ at most, or
 * one begins with the other (three letters at least). NULL otherwise. Borrowed from `names`. */
const char *suggest_nearest(struct slice name, const char *const *names, size_t count);

#endif
