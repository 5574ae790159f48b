import { SENTINELS } from '../../../support/stores.js'
import { describeModel } from '../../model/describe-model.js'

describeModel(SENTINELS)
