import { createPictures } from './pictures.ts';

const { process } = globalThis;
const [appOrigin, idToken] = process.argv.slice(2);
const pictures = createPictures({ appOrigin, token: () => idToken });
pictures.list().then((listed) => {
  console.log(JSON.stringify(listed));
  // A timer of React Native's would keep Node.
  process.exit();
});
