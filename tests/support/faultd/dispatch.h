/* From a whole request to a finished reply: which operation, whose signature, which fault, what answer. */
#ifndef PENSTOCK_FAULTD_DISPATCH_H
#define PENSTOCK_FAULTD_DISPATCH_H

#include "tests/support/faultd/world.h"

enum { NO_PLACE = -1 };

/* `descriptor` is the client's socket, watched while a call is parked. *ret_place goes to stats_end when the
 * reply has left; NO_PLACE for control calls. */
void dispatch(struct world *world, int descriptor, struct request *request, struct reply *reply,
              struct delivery *ret_delivery, int64_t *ret_place);

#endif
