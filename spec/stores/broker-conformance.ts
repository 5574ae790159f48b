import { describe } from 'vitest'
import { describeAdopting } from './conformance/adopting.js'
import type { BrokerStore } from './conformance/broker-fixture.js'
import { BrokerFixture } from './conformance/broker-fixture.js'
import { describeHandOffs } from './conformance/hand-offs.js'
import { describeLargeTasks } from './conformance/large-tasks.js'
import { describeLeases } from './conformance/leases.js'
import { describeOperations } from './conformance/operations.js'
import { describePrioritizing } from './conformance/prioritizing.js'
import { describeProblems } from './conformance/problems.js'
import { describeNotices } from './conformance/notices.js'
import { describeQueueing } from './conformance/queueing.js'
import { describeQueues } from './conformance/queues.js'
import { describeRevoking } from './conformance/revoking.js'
import { describeSeries } from './conformance/series.js'
import { describeSettling } from './conformance/settling.js'
import { describeSuspects } from './conformance/suspects.js'
import { describeTicks } from './conformance/ticks.js'
import { describeTurns } from './conformance/turns.js'
import { describeWaking } from './conformance/waking.js'

/** Specs of the broker's contract, one file a subject. They know no engine. */
export function describeBroker(name: string, make: () => Promise<BrokerStore>): void {
  describe(`a broker on ${name}`, () => {
    const at = new BrokerFixture(make)
    describeQueueing(at)
    describeTicks(at)
    describeSettling(at)
    describeLeases(at)
    describeSuspects(at)
    describeRevoking(at)
    describeWaking(at)
    describeNotices(at)
    describeQueues(at)
    describeTurns(at)
    describeHandOffs(at)
    describeLargeTasks(at)
    describeOperations(at)
    describePrioritizing(at)
    describeSeries(at)
    describeProblems(at)
    describeAdopting(at)
  })
}
