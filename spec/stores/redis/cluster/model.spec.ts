import { CLUSTER } from '../../../support/stores.js'
import { describeModel } from '../../model/describe-model.js'

describeModel(CLUSTER)
