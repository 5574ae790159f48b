import { ArrayNotEmpty, IsBoolean, IsEmail, IsOptional, IsString, Length } from 'class-validator'

/** A mail to be sent. */
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
