#include "lease/lease_store.h"

enum lease_outcome lease_store_outcome(enum status_code code)
{
    switch (code) {
    case STATUS_OK:
        return LEASE_DONE;
    case STATUS_CONDITION:
        return LEASE_REFUSED;
    case STATUS_THROTTLED:
    case STATUS_DENIED:
    case STATUS_INVALID:
    case STATUS_NOT_FOUND:
        return LEASE_UNSENT;
    default:
        return LEASE_UNKNOWN;
    }
}
