/**
 * What is left of the most common passwords of the published leaks once case, digits and signs at both ends, and the
 * usual substitutions (@ for a, 0 for o, ...) are taken away. The ones that matter are those that people make when a
 * rule asks for an upper-case letter, a digit and a sign: `P@ssw0rd1!`, `Welcome123!`, `Summer2024!`.
 */
const STEMS = new Set(
  `a aa aaa aaaa ab abc abcd abcde abcdef abcabc q qq qw qwe qwer qwert qwerty qwertyu qwertyui qwertyuiop qwertz qazwsx
  qaz asd asdf asdfg asdfgh asdfghjkl zxc zxcv zxcvb zxcvbn zxcvbnm azerty x xx xxx z zz zaq
  password passwort passwd pass passw passwords mypassword thepassword newpassword motdepasse contrasena senha
  admin administrator root guest user default login master welcome willkommen bienvenue hello hallo hola
  changeme changeit changethis letmein letmeinnow opensesame secret secrets mysecret topsecret
  iloveyou ilovegod iloveu loveyou lovely love lover loveme princess sunshine flower butterfly
  monkey dragon tiger lion eagle falcon panther wolf shadow ninja samurai batman superman spiderman ironman starwars
  pokemon naruto matrix phoenix mustang ferrari porsche mercedes corvette camaro harley yamaha
  football baseball basketball hockey soccer liverpool chelsea arsenal barcelona realmadrid juventus
  michael michelle jennifer jessica jordan daniel andrew ashley charlie thomas robert matthew anthony joshua
  amanda nicole hannah george william richard maggie buster pepper ginger cookie chocolate cheese banana
  spring summer autumn winter january february march april may june july august september october november december
  monday tuesday wednesday thursday friday saturday sunday
  trustno trustnoone whatever freedom computer internet samsung google facebook microsoft apple windows linux
  blink access hunter killer hacker secure security system server database oracle mysql postgres
  company temp temporary demo sample example sidechain`.split(/\s+/),
);

/** Walks over the keyboard and such, that have no stem. */
const EXACT = new Set(
  `1qaz2wsx 1qaz@wsx !qaz2wsx 1qaz!qaz zaq12wsx zaq1@wsx zaq1zaq1 1q2w3e4r 1q2w3e4r5t q1w2e3r4 !q2w3e4r 1q2w3e4r!
  qwer1234 qwer1234! 1qaz2wsx! 1qaz2wsx3edc 1qazxsw2 1qaz@wsx3edc abc123 abc123! a1b2c3d4 a1b2c3d4! p455w0rd!`.split(
    /\s+/,
  ),
);

const SUBSTITUTES: Record<string, string> = {
  '@': 'a',
  '4': 'a',
  '3': 'e',
  '1': 'i',
  '!': 'i',
  '0': 'o',
  $: 's',
  '5': 's',
  '7': 't',
};

/** Whether a password is one that guessers try first. */
export const isCommonPassword = (password: string): boolean => {
  const lower = password.toLowerCase();
  const trimmed = lower.replace(/^[^a-z]+|[^a-z]+$/g, '');
  const plain = (text: string): string => text.replace(/[@431!0$57]/g, (sign) => SUBSTITUTES[sign] ?? sign);
  return (
    EXACT.has(lower) ||
    STEMS.has(trimmed) ||
    STEMS.has(plain(trimmed)) ||
    // A letter that was replaced may stand at the end itself: `Passw0rd` does, and `Pa$$`.
    STEMS.has(plain(lower).replace(/^[^a-z]+|[^a-z]+$/g, ''))
  );
};
