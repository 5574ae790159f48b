import { TsyringeContainer } from '../../container/tsyringe-container.js'
import { Config } from '../../model/config.js'
import { JsonSerializer } from '../../serializers/json-serializer.js'
import { MsgpackSerializer } from '../../serializers/msgpack-serializer.js'
import { Serializer } from '../../serializers/serializer.js'
import { LoadedJobs } from '../../jobs/loading/loaded-jobs.js'
import { loadTelemetry } from '../../telemetry/load-telemetry.js'
import { ParentPort } from './parent-port.js'
import { serveMember } from './serve-member.js'

/**
 * The program of a pool's members where the application's own program must not run again. It only loads the job files.
 */
const port = ParentPort.adopt()
if (port === null) throw new Error('the member entry is started by a pool')
void serveMember(port, async () => {
  const config = new Config((await port.data()) as Partial<Config>)
  const container = new TsyringeContainer()
  container.register(Config, { useValue: config })
  container.register(Serializer, {
    useValue: config.messageSerializer === 'json' ? new JsonSerializer() : new MsgpackSerializer(),
  })
  const telemetry = await loadTelemetry(config.telemetry)
  return { config, container, jobs: await LoadedJobs.load(config, container), telemetry }
})
