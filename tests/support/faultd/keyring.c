#include "tests/support/faultd/keyring.h"

void keyring_init(struct keyring *keyring)
{
    *keyring = (struct keyring){.count = 0};
    mutex_init(&keyring->lock);
}

void keyring_add(struct keyring *keyring, const struct keyring_key *key)
{
    mutex_lock(&keyring->lock);
    size_t place = 0;
    while (place < keyring->count && strcmp(keyring->keys[place].id, key->id) != 0) {
        place++;
    }
    if (place == KEYRING_KEYS) {
        memmove(keyring->keys, keyring->keys + 1, sizeof keyring->keys - sizeof keyring->keys[0]);
        place--;
    } else if (place == keyring->count) {
        keyring->count++;
    }
    keyring->keys[place] = *key;
    mutex_unlock(&keyring->lock);
}

bool keyring_find(struct keyring *keyring, struct slice id, struct keyring_key *ret_key)
{
    bool found = false;
    mutex_lock(&keyring->lock);
    for (size_t i = 0; i < keyring->count && !found; i++) {
        if (slice_equals_text(id, keyring->keys[i].id)) {
            *ret_key = keyring->keys[i];
            found = true;
        }
    }
    mutex_unlock(&keyring->lock);
    return found;
}
