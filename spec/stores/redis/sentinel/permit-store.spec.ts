import { SENTINELS } from '../../../support/stores.js'
import { describePermitStore } from '../../permit-store-conformance.js'

describePermitStore(SENTINELS)
