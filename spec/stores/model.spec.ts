import { STORES } from '../support/stores.js'
import { describeModel } from './model/describe-model.js'

for (const kind of STORES) describeModel(kind)
