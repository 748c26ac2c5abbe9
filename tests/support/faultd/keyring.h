/* The access keys that the server knows. Any thread may call. */
#ifndef PENSTOCK_FAULTD_KEYRING_H
#define PENSTOCK_FAULTD_KEYRING_H

#include "base/bytes.h"
#include "base/thread.h"

enum { KEYRING_KEYS = 64, KEYRING_TEXT_BYTES = 128, KEYRING_TOKEN_BYTES = 2048 };

struct keyring_key {
    char id[KEYRING_TEXT_BYTES];
    char secret[KEYRING_TEXT_BYTES];
    char token[KEYRING_TOKEN_BYTES]; /* empty: a long-term key, without a session token */
    int64_t expires_wall_ms; /* 0: never */
    bool operator; /* a person's key: the role does not bind it */
};

struct keyring {
    struct mutex lock;
    struct keyring_key keys[KEYRING_KEYS] GUARDED_BY(lock);
    size_t count GUARDED_BY(lock);
};

void keyring_init(struct keyring *keyring);

/* Replaces a key of the same id; the oldest gives way when full. */
void keyring_add(struct keyring *keyring, const struct keyring_key *key) EXCLUDES(keyring->lock);
bool keyring_find(struct keyring *keyring, struct slice id, struct keyring_key *ret_key)
    MUST_USE EXCLUDES(keyring->lock);

#endif
