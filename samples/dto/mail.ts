import { ArrayNotEmpty, IsBoolean, IsEmail, IsOptional, IsString, Length } from 'class-validator'

/** The arguments of `send.mail`. */
export class Mail {
  @ArrayNotEmpty()
  @IsEmail({}, { each: true })
  to!: string[]

  @IsString()
  @Length(1, 80)
  subject!: string

  @IsOptional()
  @IsBoolean()
  urgent?: boolean
}
