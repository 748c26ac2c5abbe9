/* What a rule's action does to a call: before the work, to the reply, and on the way out. */
#ifndef PENSTOCK_FAULTD_FAULTS_H
#define PENSTOCK_FAULTD_FAULTS_H

#include "tests/support/faultd/world.h"

/* Answers the call in place of the work; false when the work is to be done. */
bool fault_before(struct world *world, const struct request *request, const struct fault *fault,
                  struct reply *reply, struct delivery *delivery);

/* Bends the finished reply and says how it leaves. */
void fault_after(const struct request *request, const struct fault *fault, struct reply *reply,
                 struct delivery *delivery);

#endif
