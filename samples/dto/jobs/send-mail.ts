import { Args, BaseJob, Job } from 'pulsar-queue'
import { Mail } from '../mail.js'

/** Sends a mail. Its arguments are the members of {@link Mail}. */
@Job({ defaultQueue: 'mails' })
export class SendMail extends BaseJob {
  run(@Args() mail: Mail) {
    return `${mail.subject} to ${mail.to.join(' and ')}, ${mail.urgent ? 'now' : 'soon'}`
  }
}
